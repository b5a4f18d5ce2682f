# Array and bus widths in the relations that matter: equal, bus wider, array wider, not square.
systole_variant(gemm_16x16_w128 gemm Rows=16 Cols=16 DataWidth=128)
systole_variant(gemm_4x4_w64 gemm Rows=4 Cols=4 DataWidth=64)
systole_variant(gemm_8x16_w256 gemm Rows=8 Cols=16 DataWidth=256)
systole_variant(gemm_16x16_w512 gemm Rows=16 Cols=16 DataWidth=512)
systole_variant(gemm_32x32_w512 gemm Rows=32 Cols=32 DataWidth=512)
systole_variant(gemm_64x8_w128 gemm Rows=64 Cols=8 DataWidth=128)
systole_variant(gemm_4x4_w512 gemm Rows=4 Cols=4 DataWidth=512)
systole_rtl_test(test_rtl_gemm SOURCES gemm_test.cpp
                 VARIANTS gemm_16x16_w128 gemm_4x4_w64 gemm_8x16_w256 gemm_16x16_w512
                          gemm_32x32_w512 gemm_64x8_w128 gemm_4x4_w512
                 LIBS systole_gemm_arith)
