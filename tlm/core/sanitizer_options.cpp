// Sanitizer defaults of every program with SystemC in it; ASAN_OPTIONS in the environment wins.
//
// SystemC switches stacks behind the sanitizer's back. A "fake stack" per thread, as
// detect_stack_use_after_return has it, would be shared by all processes: it must stay off (g++ has
// it off by default, clang++ has it on).
#ifdef __SANITIZE_ADDRESS__
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=0"; }
#endif
