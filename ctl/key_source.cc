#include "ctl/key_source.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "lib/base/status_macros.h"
#include "proto/config/v1/dns.pb.h"

namespace postern::ctl {
namespace {

// Says an error about the fields of a configuration with our options.
absl::Status InOptions(const absl::Status& status) {
  std::string text(status.message());
  for (const auto& [field, option] :
       {std::pair("servers: ", "--dns-server: "),
        std::pair("local_data_files: ", "--dns-records: ")}) {
    if (absl::StartsWith(text, field)) {
      text.replace(0, std::string(field).size(), option);
    }
  }
  return absl::Status(status.code(), text);
}

}  // namespace

Syntax KeySource::DnsSyntax() {
  return {.options = {"--dns-server", "--dns-records"}, .switches = {}};
}

absl::StatusOr<std::unique_ptr<KeySource>> KeySource::Create(
    const Arguments& arguments, const Clock& clock) {
  config::v1::Dns config;
  if (arguments.Has("--dns-server")) {
    config.add_servers(arguments.Value("--dns-server"));
  }
  if (arguments.Has("--dns-records")) {
    config.add_local_data_files(arguments.Value("--dns-records"));
  }
  absl::StatusOr<std::unique_ptr<dns::UnboundResolver>> resolver =
      dns::UnboundResolver::Create(config);
  if (!resolver.ok()) return InOptions(resolver.status());
  ASSIGN_OR_RETURN(std::unique_ptr<net::Runtime> runtime,
                   net::Runtime::Create({.reactors = 1}));
  return std::unique_ptr<KeySource>(
      new KeySource(std::move(runtime), *std::move(resolver), clock));
}

Syntax Joined(Syntax one, const Syntax& other) {
  one.options.insert(other.options.begin(), other.options.end());
  one.switches.insert(other.switches.begin(), other.switches.end());
  return one;
}

}  // namespace postern::ctl
