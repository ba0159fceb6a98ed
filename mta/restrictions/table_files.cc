#include "mta/restrictions/table_files.h"

#include <set>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/table/spec.h"
#include "mta/restrictions/restriction_words.h"

namespace postern::mta::restrictions {
namespace {

constexpr int kMaxDepth = 16;

// Adds the files of one table, or of the tables that it is made of.
void AddFiles(absl::string_view text, int depth, std::set<std::string>& files) {
  const absl::StatusOr<table::Spec> spec = table::ParseSpec(text);
  if (!spec.ok() || depth > kMaxDepth) return;
  for (const absl::string_view kind :
       {"hash", "texthash", "cidr", "regexp", "pcre"}) {
    if (spec->kind == kind) files.emplace(spec->rest);
  }
  if (spec->kind != "unionmap" && spec->kind != "pipemap") return;
  const absl::StatusOr<std::vector<std::string>> nested =
      table::NestedSpecs(*spec);
  if (!nested.ok()) return;
  for (const std::string& one : *nested) AddFiles(one, depth + 1, files);
}

void AddListFiles(absl::string_view text, std::set<std::string>& files) {
  const absl::StatusOr<std::vector<std::string>> words = RestrictionWords(text);
  if (!words.ok()) return;
  for (const std::string& word : *words) AddFiles(word, 0, files);
}

}  // namespace

std::vector<std::string> TableFiles(const config::v1::Mta& config) {
  std::set<std::string> files;
  for (const auto* list :
       {&config.smtpd_client_restrictions(), &config.smtpd_helo_restrictions(),
        &config.smtpd_sender_restrictions(), &config.smtpd_relay_restrictions(),
        &config.smtpd_recipient_restrictions(),
        &config.smtpd_data_restrictions(),
        &config.smtpd_end_of_data_restrictions()}) {
    for (const std::string& text : *list) AddListFiles(text, files);
  }
  for (const auto& [name, text] : config.smtpd_restriction_classes()) {
    AddListFiles(text, files);
  }
  for (const auto* tables :
       {&config.relay_clientcerts(), &config.smtpd_sender_login_maps()}) {
    for (const std::string& text : *tables) AddFiles(text, 0, files);
  }
  return {files.begin(), files.end()};
}

}  // namespace postern::mta::restrictions
