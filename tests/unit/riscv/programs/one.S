# Runs what lies at one address in user mode with given registers up to its trap: see encodings.cpp.
  .text
# uint64_t run_one(pc): registers come from `image` (x1 to x31, f0 to f31) and go to `seen`, with
# mepc, mcause, mtval and fcsr behind them.
  .globl run_one
run_one:
  la t0, saved
  .irp n,1,2,3,4,8,9,18,19,20,21,22,23,24,25,26,27
  sd x\n, 8*\n(t0)
  .endr
  csrr t1, mtvec
  sd t1, 0(t0)
  la t1, one_trap
  csrw mtvec, t1
  csrw mepc, a0
  li t1, 0x1800
  csrc mstatus, t1
  fscsr zero
  la x31, image
  csrw mscratch, x31
  .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  fld f\n, 256+8*\n(x31)
  .endr
  .irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ld x\n, 8*\n(x31)
  .endr
  mret

  .balign 4
one_trap:
  csrrw x31, mscratch, x31
  la x31, seen
  .irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
  sd x\n, 8*\n(x31)
  .endr
  .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  fsd f\n, 256+8*\n(x31)
  .endr
  csrr t0, mscratch
  sd t0, 8*31(x31)
  csrr t0, mepc
  sd t0, 512(x31)
  csrr t0, mcause
  sd t0, 520(x31)
  csrr t0, mtval
  sd t0, 528(x31)
  frcsr t0
  sd t0, 536(x31)
  la t0, saved
  ld t1, 0(t0)
  csrw mtvec, t1
  .irp n,1,2,3,4,8,9,18,19,20,21,22,23,24,25,26,27
  ld x\n, 8*\n(t0)
  .endr
  ret

  .bss
  .balign 8
  .globl image
image: .space 512
  .globl seen
seen: .space 544
saved: .space 256
