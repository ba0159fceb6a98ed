#include "ctl/command_line.h"

#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace postern::ctl {
namespace {

constexpr int kFailure = 1;
constexpr int kWrongUsage = 64;

std::string UsageLine(const Verb& verb) {
  return absl::StrCat("posternctl ", verb.name,
                      verb.arguments.empty() ? "" : " ", verb.arguments);
}

void PrintUsage(const std::vector<Verb>& verbs, std::ostream& out) {
  out << "usage: posternctl [--server TARGET] [--json] VERB ...\n\n";
  for (const Verb& verb : verbs) {
    out << "  " << UsageLine(verb) << "\n      " << verb.about << "\n";
  }
  out << "\nTARGET is a gRPC target such as unix:/run/postern/mta.sock; "
         "without "
         "it the\nprogram's own socket is used.\n";
}

// Takes the options that every verb has out of `words`; false: one is wrong.
bool TakeCommonOptions(std::vector<std::string>& words, Invocation& invocation,
                       bool& wants_help) {
  std::vector<std::string> left;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json") {
      invocation.json = true;
    } else if (words[i] == "--help" || (words[i] == "-h" && left.empty())) {
      // Behind a verb -h is the verb's own.
      wants_help = true;
    } else if (words[i] == "--server") {
      if (i + 1 == words.size()) return false;
      invocation.server = words[++i];
    } else if (absl::StartsWith(words[i], "--server=")) {
      invocation.server = words[i].substr(words[i].find('=') + 1);
    } else {
      left.push_back(std::move(words[i]));
    }
  }
  words = std::move(left);
  return true;
}

// Returns the verb whose words `words` begins with, or nullptr.
const Verb* FindVerb(const std::vector<Verb>& verbs,
                     const std::vector<std::string>& words) {
  const std::string line = absl::StrCat(absl::StrJoin(words, " "), " ");
  for (const Verb& verb : verbs) {
    if (absl::StartsWith(line, absl::StrCat(verb.name, " "))) return &verb;
  }
  return nullptr;
}

}  // namespace

int RunCommandLine(const std::vector<Verb>& verbs,
                   const std::vector<std::string>& words, std::ostream& out,
                   std::ostream& errors) {
  Invocation invocation;
  invocation.arguments = words;
  bool wants_help = false;
  if (!TakeCommonOptions(invocation.arguments, invocation, wants_help)) {
    errors << "posternctl: --server: no value\n";
    return kWrongUsage;
  }
  const Verb* verb = FindVerb(verbs, invocation.arguments);
  if (wants_help) {
    PrintUsage(verb == nullptr ? verbs : std::vector<Verb>{*verb}, out);
    return 0;
  }
  if (verb == nullptr) {
    errors << "posternctl: " << (words.empty() ? "no verb" : "no such verb")
           << "\n";
    PrintUsage(verbs, errors);
    return kWrongUsage;
  }
  const std::vector<std::string> name = absl::StrSplit(verb->name, ' ');
  invocation.arguments.erase(
      invocation.arguments.begin(),
      invocation.arguments.begin() + static_cast<ptrdiff_t>(name.size()));
  const absl::Status status = verb->run(invocation, out);
  if (status.ok()) return 0;
  errors << "posternctl " << verb->name << ": " << std::string(status.message())
         << "\n";
  if (!absl::IsInvalidArgument(status)) return kFailure;
  errors << "usage: " << UsageLine(*verb) << "\n";
  return kWrongUsage;
}

}  // namespace postern::ctl
