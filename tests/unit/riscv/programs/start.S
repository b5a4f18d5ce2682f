# Entry, C++ environment, finisher. QEMU's loader and FlatMachine clear .bss.
  .section .text.start
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, _stack_top
  li t0, 0x6000
  csrs mstatus, t0
  fscsr zero
  la t0, trap_entry
  csrw mtvec, t0
  call main
  .globl finish
finish:
  li t0, 0x100000
  li t1, 0x5555
  beqz a0, 1f
  slli a0, a0, 16
  li t1, 0x3333
  or t1, t1, a0
1: sw t1, 0(t0)
2: j 2b

# Saves the caller-saved registers and calls on_trap(cause, epc, tval, a0), which returns the new
# epc.
  .balign 4
  .globl trap_entry
trap_entry:
  addi sp, sp, -128
  sd ra, 0(sp)
  sd t0, 8(sp)
  sd t1, 16(sp)
  sd t2, 24(sp)
  sd a0, 32(sp)
  sd a1, 40(sp)
  sd a2, 48(sp)
  sd a3, 56(sp)
  sd a4, 64(sp)
  sd a5, 72(sp)
  sd a6, 80(sp)
  sd a7, 88(sp)
  sd t3, 96(sp)
  sd t4, 104(sp)
  sd t5, 112(sp)
  sd t6, 120(sp)
  mv a3, a0
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  call on_trap
  csrw mepc, a0
  ld ra, 0(sp)
  ld t0, 8(sp)
  ld t1, 16(sp)
  ld t2, 24(sp)
  ld a0, 32(sp)
  ld a1, 40(sp)
  ld a2, 48(sp)
  ld a3, 56(sp)
  ld a4, 64(sp)
  ld a5, 72(sp)
  ld a6, 80(sp)
  ld a7, 88(sp)
  ld t3, 96(sp)
  ld t4, 104(sp)
  ld t5, 112(sp)
  ld t6, 120(sp)
  addi sp, sp, 128
  mret
