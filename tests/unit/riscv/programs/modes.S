# Into a privilege mode and back: see check.h.
  .text
  .globl enter_mode
enter_mode:
  la t0, context
  sd ra, 0(t0)
  sd sp, 8(t0)
  .irp n,0,1,2,3,4,5,6,7,8,9,10,11
  sd s\n, 16+8*\n(t0)
  .endr
  sd gp, 112(t0)
  sd tp, 120(t0)
  li t1, 1
  la t0, in_mode
  sd t1, 0(t0)
  li t0, 0x1800
  csrc mstatus, t0
  slli a0, a0, 11
  csrs mstatus, a0
  csrw mepc, a1
  mv a0, a2
  mv a1, a3
  mret

# Within machine mode's trap handler: back to behind enter_mode().
  .globl leave_mode
leave_mode:
  la t0, in_mode
  sd zero, 0(t0)
  la t0, context
  ld ra, 0(t0)
  ld sp, 8(t0)
  .irp n,0,1,2,3,4,5,6,7,8,9,10,11
  ld s\n, 16+8*\n(t0)
  .endr
  ld gp, 112(t0)
  ld tp, 120(t0)
  ret

  .bss
  .balign 8
  .globl in_mode
in_mode: .space 8
context: .space 128
