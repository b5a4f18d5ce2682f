# Tests of the language model: files, numbers, the forward pass on mock hardware, hostile input.
foreach(part checkpoint tokenizer numbers forward fuzz)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/llm_${part}_test.cpp)
    systole_test(llm_${part}_test SOURCES llm_${part}_test.cpp
      LIBS systole_llm systole_reference systole_mock_hal LABELS driver)
    target_compile_definitions(llm_${part}_test PRIVATE SYSTOLE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  endif()
endforeach()

add_test(NAME llm_freestanding_host
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/llm_freestanding_check ${CMAKE_SOURCE_DIR} ${CMAKE_CXX_COMPILER})
set_tests_properties(llm_freestanding_host PROPERTIES LABELS driver TIMEOUT 300)
