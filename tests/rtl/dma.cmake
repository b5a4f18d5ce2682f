include_guard()
foreach(width 64 128 256 512)
  systole_variant(dma_w${width} dma DataWidth=${width})
endforeach()
systole_variant(dma_small dma DataWidth=128 MaxOutstanding=3 MaxBurstBeats=5)
systole_rtl_test(test_rtl_dma SOURCES dma_test.cpp VARIANTS dma_w64 dma_w128 dma_w256 dma_w512 dma_small
                 LIBS systole_dma_arith)
