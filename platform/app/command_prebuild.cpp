// systole prebuild: the verilated variants of a configuration, built ahead.
#include <spdlog/spdlog.h>

#include <iostream>

#include "platform/app/commands.h"
#include "platform/app/options.h"
#include "platform/config/paths.h"
#include "platform/variants/variant_cache.h"

namespace systole {

int prebuild_command(const Arguments& arguments) {
  uint64_t jobs = 2;
  CommandLine line("prebuild", "build the verilated variants a configuration needs",
                   {"systole prebuild", "systole prebuild --config wide",
                    "systole prebuild --set gemm.rows=32 --set gemm.cols=32"});
  add_number(line.own(), "jobs", &jobs, 64, "variants built at the same time (2)");
  if (line.parse(arguments)) return kExitDone;
  if (jobs < 1) throw RequestError("--jobs: '0' is not legal; legal: 1 to 64");
  VariantCache cache(
      cache_dir(), source_dir(), [](const std::string& text) { spdlog::info(text); },
      line.common().quiet);
  const std::vector<Variant> variants = variants_of(line.common().config);
  cache.prebuild(variants, static_cast<unsigned>(jobs));
  for (const Variant& variant : variants) std::cout << cache.cached(variant) << "\n";
  return kExitDone;
}

}  // namespace systole
