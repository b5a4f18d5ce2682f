# The shell is tested through the DMA, the simplest core (variants: dma.cmake).
include(${CMAKE_CURRENT_SOURCE_DIR}/dma.cmake)
systole_rtl_test(test_rtl_shell SOURCES shell_test.cpp VARIANTS dma_w64 dma_w128 dma_w512)
