// The first instructions of the firmware. Upstream: the boot ROM, which jumps here with the hart's
// number in a0 and the device tree's address in a1 (the convention of QEMU and the Linux kernel).
// Downstream: firmware_main().
  .section .text.start, "ax"
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  csrw mie, zero
  bnez a0, park                 // one hart runs the firmware

  // Traps first: from here on a mistake has a message.
  la t0, __trap_stack_top
  csrw mscratch, t0
  la t0, trap_entry
  csrw mtvec, t0

  li t0, 1 << 13                // mstatus.FS = initial: the float unit is on
  csrs mstatus, t0
  csrw fcsr, zero

  // No access to the page below the stack, for machine mode too (locked until reset).
  la t0, __guard_start
  srli t0, t0, 2
  ori t0, t0, 0x1ff             // NAPOT, 4 KiB
  csrw pmpaddr0, t0
  li t0, 0x98                   // L, NAPOT, no R, W or X
  csrw pmpcfg0, t0

  la sp, __stack_top
  la t0, __bss_start
  la t1, __bss_end
clear_bss:
  bgeu t0, t1, construct
  sd zero, 0(t0)
  sd zero, 8(t0)
  addi t0, t0, 16
  j clear_bss

construct:
  mv s0, a0
  mv s1, a1
  la s2, __init_array_start
  la s3, __init_array_end
next_constructor:
  bgeu s2, s3, enter
  ld t0, 0(s2)
  jalr t0
  addi s2, s2, 8
  j next_constructor

enter:
  mv a0, s1
  call firmware_main            // does not return
park:
  wfi
  j park

// Saves all integer registers, x0's slot holding mepc, and calls handle_trap(frame).
// Float registers are the handler's to leave alone: what it resumes does not hold any.
  .section .text
  .globl trap_entry
  .balign 4
trap_entry:
  csrrw sp, mscratch, sp
  addi sp, sp, -256
  sd x1, 8(sp)
  sd x3, 24(sp)
  sd x4, 32(sp)
  sd x5, 40(sp)
  sd x6, 48(sp)
  sd x7, 56(sp)
  sd x8, 64(sp)
  sd x9, 72(sp)
  sd x10, 80(sp)
  sd x11, 88(sp)
  sd x12, 96(sp)
  sd x13, 104(sp)
  sd x14, 112(sp)
  sd x15, 120(sp)
  sd x16, 128(sp)
  sd x17, 136(sp)
  sd x18, 144(sp)
  sd x19, 152(sp)
  sd x20, 160(sp)
  sd x21, 168(sp)
  sd x22, 176(sp)
  sd x23, 184(sp)
  sd x24, 192(sp)
  sd x25, 200(sp)
  sd x26, 208(sp)
  sd x27, 216(sp)
  sd x28, 224(sp)
  sd x29, 232(sp)
  sd x30, 240(sp)
  sd x31, 248(sp)
  csrr t0, mscratch             // the interrupted stack pointer
  sd t0, 16(sp)
  csrr t0, mepc
  sd t0, 0(sp)
  la t0, __trap_stack_top       // a trap in the handler finds a stack too
  csrw mscratch, t0
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  mv a0, sp
  call handle_trap
  ld t0, 0(sp)
  csrw mepc, t0
  ld x1, 8(sp)
  ld x3, 24(sp)
  ld x4, 32(sp)
  ld x5, 40(sp)
  ld x6, 48(sp)
  ld x7, 56(sp)
  ld x8, 64(sp)
  ld x9, 72(sp)
  ld x10, 80(sp)
  ld x11, 88(sp)
  ld x12, 96(sp)
  ld x13, 104(sp)
  ld x14, 112(sp)
  ld x15, 120(sp)
  ld x16, 128(sp)
  ld x17, 136(sp)
  ld x18, 144(sp)
  ld x19, 152(sp)
  ld x20, 160(sp)
  ld x21, 168(sp)
  ld x22, 176(sp)
  ld x23, 184(sp)
  ld x24, 192(sp)
  ld x25, 200(sp)
  ld x26, 208(sp)
  ld x27, 216(sp)
  ld x28, 224(sp)
  ld x29, 232(sp)
  ld x30, 240(sp)
  ld x31, 248(sp)
  ld sp, 16(sp)
  mret
