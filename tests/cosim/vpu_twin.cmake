# The VPU's twin against the VPU, with the bus widths that the default number of lanes is used with.
if(TARGET vpu_l8_w128)
  systole_variant(vpu_l8_w64 vpu Lanes=8 DataWidth=64)
  systole_variant(vpu_l8_w256 vpu Lanes=8 DataWidth=256)
endif()
systole_twin_test(cosim_vpu_twin SOURCES test_vpu_twin.cpp LIBS systole_vpu_twin
                  VARIANTS vpu_l8_w64 vpu_l8_w128 vpu_l8_w256 vpu_l2_w64 vpu_l32_w512)
