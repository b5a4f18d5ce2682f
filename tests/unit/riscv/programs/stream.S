# Runs a random instruction stream and prints one hash of everything seen at its traps.
# The stream lies at 0x80100000: see stream_generator.h. Every trap folds all registers and the trap
# CSRs into the hash, skips the instruction and goes on; an environment call ends one round.
  .equ HEADER, 0x80100000
  .equ CODE, 0x80101000
  .section .text.start
  .globl _start
_start:
  li t0, 0x6000
  csrs mstatus, t0
  la t0, handler
  csrw mtvec, t0
  la t0, save
  csrw mscratch, t0
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  li s0, HEADER
  ld t0, 8(s0)          # rounds
  la t1, rounds
  sd t0, 0(t1)
  li t0, 0x1800
  csrc mstatus, t0
  ld t0, 16(s0)         # mstatus.MPP
  csrs mstatus, t0
  ld t0, 24(s0)         # satp
  csrw satp, t0
  sfence.vma
  li t0, CODE
  csrw mepc, t0
  li x31, HEADER + 0x200
  .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  fld f\n, 8*\n(x31)
  .endr
  fscsr zero
  li x31, HEADER + 0x100
  .irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ld x\n, 8*\n(x31)
  .endr
  mret

  .balign 4
handler:
  csrrw x31, mscratch, x31
  .irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
  sd x\n, 8*\n(x31)
  .endr
  .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  fsd f\n, 256+8*\n(x31)
  .endr
  csrrw t0, mscratch, x31
  sd t0, 8*31(x31)
  csrr s1, mcause
  csrr s2, mepc
  csrr t0, mtval
  csrr t1, mstatus
  li t2, 0x1888
  and t1, t1, t2
  frcsr t2
  sd s1, 512(x31)
  sd s2, 520(x31)
  sd t0, 528(x31)
  sd t1, 536(x31)
  sd t2, 544(x31)
  mv s0, x31
  la s3, hash
  ld a0, 0(s3)
  li t0, 0x9e3779b97f4a7c15
  addi t1, s0, 8
  addi t2, s0, 552
1: ld t3, 0(t1)
  slli t4, a0, 5
  srli t5, a0, 59
  or a0, t4, t5
  xor a0, a0, t3
  mul a0, a0, t0
  addi t1, t1, 8
  bne t1, t2, 1b
  sd a0, 0(s3)
  li t0, HEADER
  ld t0, 32(t0)
  beqz t0, 2f
  mv a0, s2
  call print_number
  mv a0, s1
  call print_number
  ld a0, 528(s0)
  call print_number
  ld a0, 0(s3)
  call print_number
  li t0, 2
  li t1, HEADER
  ld t1, 32(t1)
  bne t0, t1, 2f
  addi s4, s0, 8
6: ld a0, 0(s4)
  call print_number
  addi s4, s4, 8
  addi t0, s0, 552
  bne s4, t0, 6b
2: li t0, 8
  beq s1, t0, 4f
  li t0, 9
  beq s1, t0, 4f
  li t0, 11
  beq s1, t0, 4f
  lhu t0, 0(s2)
  andi t0, t0, 3
  addi t0, t0, -3
  seqz t0, t0
  slli t0, t0, 1
  addi t0, t0, 2
  add s2, s2, t0
  j 5f
4: la t0, rounds
  ld t1, 0(t0)
  addi t1, t1, -1
  sd t1, 0(t0)
  beqz t1, end
  li s2, CODE
5: csrw mepc, s2
  mv x31, s0
  .irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ld x\n, 8*\n(x31)
  .endr
  mret
end:
  ld a0, 0(s3)
  call print_number
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
3: j 3b

print_number:
  li t0, 0x10000000
  li t1, 60
1: srl t2, a0, t1
  andi t2, t2, 15
  addi t2, t2, '0'
  li t3, '9'
  ble t2, t3, 2f
  addi t2, t2, 'a' - '0' - 10
2: sb t2, 0(t0)
  addi t1, t1, -4
  bgez t1, 1b
  li t2, '\n'
  sb t2, 0(t0)
  ret

  .data
  .balign 8
save: .space 1024
hash: .dword 0
rounds: .dword 0
