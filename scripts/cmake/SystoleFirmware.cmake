# The cross-compiler and the helper that builds bare-metal RV64GC programs beside the host's.
find_program(SYSTOLE_RISCV_CXX riscv64-linux-gnu-g++)

set(SYSTOLE_RISCV_FLAGS
  -march=rv64gc -mabi=lp64d -mcmodel=medany -ffreestanding -fno-pie -ffp-contract=off -O2 -g
  -fno-stack-protector)
set(SYSTOLE_RISCV_CXX_FLAGS
  -std=c++17 -Wall -Wextra -Wshadow -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns)

# systole_firmware(name LINKER_SCRIPT file SOURCES a.cpp b.S ...): a target <name> in ALL that makes
# <name>.elf in the current binary directory. Headers are included from the top of the tree.
# Without the compiler the target only says what is missing.
function(systole_firmware name)
  cmake_parse_arguments(ARG "" "LINKER_SCRIPT" "SOURCES" ${ARGN})
  if(NOT SYSTOLE_RISCV_CXX)
    message(STATUS "${name}: skipped, riscv64-linux-gnu-g++ is not installed (scripts/setup --firmware installs it)")
    add_custom_target(${name}
      COMMAND ${CMAKE_COMMAND} -E echo "${name}: skipped, riscv64-linux-gnu-g++ is not installed" VERBATIM)
    return()
  endif()
  set(objects)
  foreach(source ${ARG_SOURCES})
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE short)
    string(REPLACE "/" "_" flat ${short})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir/${flat}.o)
    set(flags ${SYSTOLE_RISCV_FLAGS})
    if(source MATCHES "\\.cpp$")
      list(APPEND flags ${SYSTOLE_RISCV_CXX_FLAGS})
    endif()
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${SYSTOLE_RISCV_CXX} ${flags} -I${CMAKE_SOURCE_DIR}
        -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d VERBATIM
      COMMENT "Compiling for RISC-V: ${short}")
    list(APPEND objects ${object})
  endforeach()
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir)
  set(elf ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
  add_custom_command(OUTPUT ${elf}
    COMMAND ${SYSTOLE_RISCV_CXX} ${SYSTOLE_RISCV_FLAGS} -no-pie -static -nostdlib -nostartfiles
      -Wl,--build-id=none -Wl,--no-warn-rwx-segments -T ${ARG_LINKER_SCRIPT} ${objects} -lgcc -o ${elf}
    DEPENDS ${objects} ${ARG_LINKER_SCRIPT} VERBATIM
    COMMENT "Linking ${name}.elf")
  add_custom_target(${name} ALL DEPENDS ${elf})
endfunction()
