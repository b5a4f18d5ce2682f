// See mmio.h. Each function has one instruction that may fault, under a name of its own; the trap
// handler resumes a fault there at systole_mmio_fault, with the registers as they were.
  .text
  .globl systole_mmio_read32
  .globl systole_mmio_read32_access
systole_mmio_read32:
systole_mmio_read32_access:
  lw a2, 0(a0)
  sw a2, 0(a1)
  li a0, 0
  ret

  .globl systole_mmio_write32
  .globl systole_mmio_write32_access
systole_mmio_write32:
systole_mmio_write32_access:
  sw a1, 0(a0)
  li a0, 0
  ret

  .globl systole_mmio_fault
systole_mmio_fault:
  li a0, 1
  ret
