// The page: web/report.html with style, d3, script and data put in.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "platform/config/paths.h"
#include "platform/sweep/analysis.h"

namespace systole {
namespace {

std::string read_part(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.good()) {
    throw SweepError("the report's part '" + file +
                     "' cannot be read; scripts/setup installs what Debian has (libjs-d3), the "
                     "rest is in the source tree (SYSTOLE_HOME)");
  }
  return text.str();
}

void replace(std::string& page, const std::string& mark, const std::string& text) {
  const size_t at = page.find(mark);
  if (at != std::string::npos) page.replace(at, mark.size(), text);
}

// In a script element, "</" would end it.
std::string in_script(std::string text) {
  for (size_t at = 0; (at = text.find("</", at)) != std::string::npos; at += 3) {
    text.replace(at, 2, "<\\/");
  }
  return text;
}

}  // namespace

std::string to_html(const std::vector<nlohmann::ordered_json>& analyses) {
  const std::string web = source_dir() + "/platform/sweep/web/";
  nlohmann::ordered_json data = {{"sweeps", analyses}};
  if (analyses.size() == 2) data["compare"] = compare_words(analyses[0], analyses[1]);
  std::string page = read_part(web + "report.html");
  replace(page, "/*STYLE*/", read_part(web + "report.css"));
  replace(page, "/*D3*/", read_part(SYSTOLE_D3));
  replace(page, "/*SCRIPT*/", read_part(web + "report.js"));
  // Texts may hold bytes that are no UTF-8.
  replace(page, "/*DATA*/",
          in_script(data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)));
  return page;
}

}  // namespace systole
