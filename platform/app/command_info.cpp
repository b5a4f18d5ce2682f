#include "platform/app/commands.h"
namespace systole {
int info_command(const Arguments&) { return 2; }
int run_command(const Arguments&) { return 2; }
int eval_command(const Arguments&) { return 2; }
int bench_command(const Arguments&) { return 2; }
}  // namespace systole
