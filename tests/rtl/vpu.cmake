# Lanes and bus widths in the relations that matter: bus narrower, equal, wider than a word of the lanes.
systole_variant(vpu_l8_w128 vpu Lanes=8 DataWidth=128)
systole_variant(vpu_l2_w64 vpu Lanes=2 DataWidth=64)
systole_variant(vpu_l2_w512 vpu Lanes=2 DataWidth=512)
systole_variant(vpu_l16_w256 vpu Lanes=16 DataWidth=256)
systole_variant(vpu_l32_w512 vpu Lanes=32 DataWidth=512)
systole_rtl_test(test_rtl_vpu SOURCES vpu_test.cpp
                 VARIANTS vpu_l8_w128 vpu_l2_w64 vpu_l2_w512 vpu_l16_w256 vpu_l32_w512
                 LIBS systole_vpu_arith)
systole_test(test_vpu_math SOURCES vpu_math_test.cpp LIBS systole_vpu_arith LABELS rtl)
systole_test(test_vpu_kernel SOURCES vpu_kernel_test.cpp LIBS systole_vpu_arith LABELS rtl)
