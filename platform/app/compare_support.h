// What the workloads of `systole compare` share: the processes' arguments, variants, verdict,
// pages.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "platform/app/commands.h"
#include "platform/app/options.h"
#include "platform/app/report.h"
#include "platform/compare/pair_run.h"

namespace systole {

/// Refuses --fidelity and --results: the processes get their own; and the RISC-V CPU.
void refuse_fidelity(const CommandLine& line);

/// `arguments` without what is this process's own business.
Arguments passed_on(const Arguments& arguments);

/// "systole compare …", for people: files without their folders, words with spaces quoted.
std::string command_text(const Arguments& arguments);

/// Builds what the processes need, here, where progress is seen.
void build_variants(const CommonOptions& common, const Config& config);

/// The exit status if the run is not complete, with its words on standard error.
std::optional<int> failed(const FidelityRun& run, const std::string& fidelity);

/// Throws RequestError. `file` "": none.
void write_json(const std::string& file, const nlohmann::ordered_json& json);

/// Says whether they agree, with the first disagreements on standard error; the exit status.
int verdict(const std::vector<std::string>& disagreements);

/// --write-docs FILE.md.
void add_docs_option(CommandLine& line, std::string& docs);
/// Throws RequestError. `file` "": none.
void write_docs(const std::string& file, const std::string& section, const std::string& body);

/// "64,128". Throws RequestError.
std::vector<std::string> numbers(const std::string& option, const std::string& text);

/// Configuration file and --set words of this process, for a worker.
Arguments configuration(const CommonOptions& common);

// The workloads.
int compare_shapes(const Arguments& arguments);
int compare_contend(const Arguments& arguments);
int compare_quantum(const Arguments& arguments);

}  // namespace systole
