// The commands of `systole`: each takes its arguments and returns an exit status. RequestError,
// ConfigError and VariantError are main's to print.
#pragma once
#include <string>
#include <vector>

namespace systole {

using Arguments = std::vector<std::string>;

int run_command(const Arguments& arguments);
int eval_command(const Arguments& arguments);
int bench_command(const Arguments& arguments);
int bench_list_command(const Arguments& arguments);    // a worker of compare, not listed
int bench_scenes_command(const Arguments& arguments);  // the same
int compare_command(const Arguments& arguments);
int replay_command(const Arguments& arguments);
int boot_command(const Arguments& arguments);
int info_command(const Arguments& arguments);
int prebuild_command(const Arguments& arguments);
int sweep_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int sweep_gemms_command(const Arguments& arguments);        // a sweep's worker, not listed
int sweep_descriptors_command(const Arguments& arguments);  // the same
int sweep_task_command(const Arguments& arguments);         // a Slurm task of a sweep, not listed

}  // namespace systole
