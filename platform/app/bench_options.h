// The options of a benchmarked kernel: of `systole bench`, and of one line of a list of cases.
#pragma once
#include <boost/program_options.hpp>
#include <string>

#include "platform/app/bench_kernels.h"

namespace systole {

/// "gemm, dma, softmax, …".
std::string bench_kernel_list();

/// Throws RequestError if there is no such kernel.
void check_kernel(const std::string& kernel);

/// Adds the options of `kernel`; of all kernels if it is empty.
void add_bench_options(const std::string& kernel,
                       boost::program_options::options_description& options, BenchRequest& request);

/// A case as text: the kernel and its options without dashes, "gemm,m=5,n=37,k=100,out=int8,bias".
/// Throws RequestError.
BenchRequest parse_bench_case(const std::string& text);

}  // namespace systole
