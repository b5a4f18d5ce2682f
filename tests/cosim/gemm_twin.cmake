# The GEMM's twin against its RTL: a test with a small sample, and systole_compare_gemm with all.
if(TARGET gemm_16x16_w128 AND TARGET systole_gemm_twin)
  foreach(width 64 256)
    systole_variant(gemm_16x16_w${width} gemm Rows=16 Cols=16 DataWidth=${width})
  endforeach()
  systole_library(systole_gemm_pair SOURCES gemm_pair.cpp
                  LIBS systole_gemm_twin systole_verilated systole_bus systole_memory systole_driver)

  systole_test(cosim_skipping SOURCES test_skipping.cpp
               LIBS systole_gemm_pair systole_gemm_twin systole_vpu_twin systole_dma_twin
               MAIN systemc LABELS cosim)

  systole_test(cosim_alike SOURCES test_alike.cpp
               LIBS systole_gemm_pair systole_gemm_twin systole_vpu_twin systole_dma_twin
                    systole_driver
               MAIN systemc LABELS cosim)

  add_executable(systole_bench_timing bench_timing.cpp)
  target_include_directories(systole_bench_timing PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(systole_bench_timing PRIVATE systole_gemm_twin systole_vpu_twin
                        systole_dma_twin systole_bus systole_memory systole_driver)
  systole_link_hot(systole_bench_timing)

  add_executable(systole_compare_gemm compare_gemm.cpp)
  target_link_libraries(systole_compare_gemm PRIVATE systole_gemm_pair)
  set(programs systole_compare_gemm)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/test_gemm_twin.cpp)
    systole_test(cosim_gemm_twin SOURCES test_gemm_twin.cpp LIBS systole_gemm_pair
                 MAIN systemc LABELS cosim)
    list(APPEND programs cosim_gemm_twin)
  endif()
  foreach(program ${programs})
    systole_use_variants(${program} gemm_16x16_w64 gemm_16x16_w128 gemm_16x16_w256 gemm_8x16_w256
                         gemm_64x8_w128)
  endforeach()
  add_custom_target(compare_gemm COMMAND systole_compare_gemm 300 USES_TERMINAL VERBATIM)
endif()
