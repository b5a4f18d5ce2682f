# Compiler settings, dependencies and the two helpers that every folder uses.

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# No fused multiply-add anywhere: results are the same on every machine and in the RTL.
add_compile_options(-Wall -Wextra -Wshadow -ffp-contract=off)

option(SYSTOLE_SANITIZE "Address and undefined behaviour sanitizers" OFF)
if(SYSTOLE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(systemc REQUIRED IMPORTED_TARGET systemc)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options filesystem)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Catch2 2 REQUIRED)

# systole_library(name SOURCES a.cpp ... [LIBS x ...] [HOT]): a static library; headers are included
# from the top of the tree: #include "tlm/bus/interconnect.h". HOT: every burst of a twin passes it.
set(SYSTOLE_OPTIMIZE_HOT OFF)
if(CMAKE_BUILD_TYPE STREQUAL Release AND NOT SYSTOLE_SANITIZE)
  set(SYSTOLE_OPTIMIZE_HOT ON)
endif()
function(systole_library name)
  cmake_parse_arguments(ARG "HOT" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  if(ARG_HOT AND SYSTOLE_OPTIMIZE_HOT)
    target_compile_options(${name} PRIVATE -O3 -flto -ffat-lto-objects)
  endif()
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LIBS})
endfunction()

# systole_link_hot(program): HOT libraries are optimised across their files, and each other, where
# `program` is linked. Other programs take them as they are: their links are short.
if(SYSTOLE_OPTIMIZE_HOT)
  add_link_options($<IF:$<BOOL:$<TARGET_PROPERTY:SYSTOLE_HOT>>,-flto=2,-fno-lto>)
endif()
function(systole_link_hot program)
  set_target_properties(${program} PROPERTIES SYSTOLE_HOT ON)
endfunction()

# systole_test(name SOURCES a.cpp ... [LIBS x ...] [MAIN catch|systemc] [LABELS l ...]):
# one Catch2 binary, one CTest test (and process) per TEST_CASE.
include(Catch OPTIONAL)
function(systole_test name)
  cmake_parse_arguments(ARG "" "MAIN" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_MAIN)
    set(ARG_MAIN catch)
  endif()
  add_executable(${name} ${ARG_SOURCES} $<TARGET_OBJECTS:systole_main_${ARG_MAIN}>)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} Catch2::Catch2)
  if(ARG_MAIN STREQUAL systemc)
    target_link_libraries(${name} PRIVATE PkgConfig::systemc)
  endif()
  catch_discover_tests(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300)
endfunction()
