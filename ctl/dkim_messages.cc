#include "ctl/dkim_messages.h"

#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "ctl/key_list.h"
#include "ctl/key_source.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/config/duration.h"
#include "lib/dkim/arc_chain.h"
#include "lib/dkim/arc_sealer.h"
#include "lib/dkim/arc_verifier.h"
#include "lib/dkim/message.h"
#include "lib/dkim/message_text.h"
#include "lib/dkim/reported_results.h"
#include "lib/dkim/signer.h"
#include "lib/dkim/verifier.h"

namespace postern::ctl {
namespace {

// The machine's clock, or one that stands where --time says.
class TimeOfArguments final : public Clock {
 public:
  static absl::StatusOr<TimeOfArguments> Create(const Arguments& arguments) {
    if (!arguments.Has("--time")) return TimeOfArguments(std::nullopt);
    const std::string text = arguments.Value("--time");
    int64_t seconds = 0;
    absl::Time time;
    if (absl::SimpleAtoi(text, &seconds)) {
      return TimeOfArguments(absl::FromUnixSeconds(seconds));
    }
    if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
      return TimeOfArguments(time);
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "--time ", text, ": seconds since 1970, or 2026-01-31T12:00:00Z"));
  }

  absl::Time Now() const override {
    return time_ ? *time_ : Clock::System().Now();
  }

 private:
  explicit TimeOfArguments(std::optional<absl::Time> time) : time_(time) {}

  std::optional<absl::Time> time_;
};

absl::StatusOr<std::string> ReadMessage(const Arguments& arguments) {
  if (!arguments.rest().empty() && arguments.rest().front() != "-") {
    return ReadFile(arguments.rest().front());
  }
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

using Field = std::pair<std::string, std::string>;  // Name and value.

// Prints a message below new fields, whose line ends become those of the
// message.
void PrintBelow(const std::vector<Field>& fields, absl::string_view message,
                std::ostream& out) {
  std::string text;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&text, name, ":", value, "\r\n");
  }
  const bool has_crlf = absl::StrContains(message, "\r\n");
  out << (has_crlf ? text : absl::StrReplaceAll(text, {{"\r\n", "\n"}}))
      << message;
}

absl::StatusOr<dkim::SignerSettings> SettingsOf(const Arguments& arguments) {
  dkim::SignerSettings settings;
  if (arguments.Has("-x")) {
    ASSIGN_OR_RETURN(settings.lifetime,
                     config::ParseDuration(arguments.Value("-x")));
  }
  const std::string forms = arguments.Value("-c", "relaxed/simple");
  const size_t slash = std::min(forms.find('/'), forms.size());
  const auto header = dkim::CanonicalizationFromName(forms.substr(0, slash));
  const auto body = dkim::CanonicalizationFromName(
      slash == forms.size() ? "simple" : forms.substr(slash + 1));
  if (!header || !body) {
    return absl::InvalidArgumentError(
        absl::StrCat("-c ", forms, ": simple or relaxed, and '/' between"));
  }
  settings.header_form = *header;
  settings.body_form = *body;
  return settings;
}

absl::Status Sign(const Invocation& invocation, std::ostream& out) {
  Syntax syntax = KeySyntax();
  syntax.options.insert({"-c", "-i", "-x", "--time"});
  syntax.at_most = 1;
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, syntax));
  ASSIGN_OR_RETURN(const std::vector<NamedKey> keys, KeysOf(arguments));
  ASSIGN_OR_RETURN(const TimeOfArguments clock,
                   TimeOfArguments::Create(arguments));
  ASSIGN_OR_RETURN(const dkim::SignerSettings settings, SettingsOf(arguments));
  std::vector<dkim::SigningIdentity> identities;
  for (const NamedKey& key : keys) {
    if (!key.key) return absl::InvalidArgumentError("-k says where the key is");
    identities.push_back({key.domain, key.selector,
                          std::make_shared<const dkim::PrivateKey>(*key.key),
                          arguments.Value("-i")});
  }
  ASSIGN_OR_RETURN(const std::string text, ReadMessage(arguments));
  const std::string canonical = dkim::WithCrlf(text);
  dkim::Message message;
  const absl::string_view body = dkim::AddHeader(canonical, message);
  dkim::Signer signer(message, settings, std::move(identities), clock);
  message.AddBody(body);
  ASSIGN_OR_RETURN(const std::vector<std::string> values, signer.Finish());
  std::vector<Field> fields;
  for (const std::string& value : values) {
    fields.emplace_back("DKIM-Signature", value);
  }
  PrintBelow(fields, text, out);
  return absl::OkStatus();
}

// What there is to find out about a message.
struct Findings {
  mail::AuthResults all;
  dkim::ArcResult chain;
  bool has_good_signature = false;
};

Syntax ExamineSyntax() {
  Syntax syntax = KeySource::DnsSyntax();
  syntax.options.insert({"--authserv-id", "--minimum-bits", "--time"});
  syntax.at_most = 1;
  return syntax;
}

// `message` has its header; its `body` is added.
absl::StatusOr<Findings> Examine(const Arguments& arguments, const Clock& clock,
                                 absl::string_view body,
                                 dkim::Message& message) {
  dkim::VerifierSettings settings;
  ASSIGN_OR_RETURN(const uint32_t bits,
                   arguments.Number("--minimum-bits", 1024, 8192));
  settings.min_key_bits = static_cast<int>(bits);
  ASSIGN_OR_RETURN(const std::unique_ptr<KeySource> source,
                   KeySource::Create(arguments, clock));
  dkim::Verifier verifier(message, settings, source->finder(), clock);
  dkim::ArcVerifier arc(message, settings.min_key_bits, source->finder());
  message.AddBody(body);
  const std::vector<dkim::SignatureResult> results =
      source->BlockOn(verifier.Finish(source->deadline()));
  Findings found;
  found.chain = source->BlockOn(arc.Finish(source->deadline()));
  found.all = {.authserv_id = arguments.Value("--authserv-id", "localhost"),
               .results = dkim::ReportedResults(results)};
  if (found.chain.outcome != dkim::Outcome::kNone) {
    found.all.results.push_back(found.chain.Reported());
  }
  for (const dkim::SignatureResult& result : results) {
    found.has_good_signature |= result.outcome == dkim::Outcome::kPass;
  }
  return found;
}

absl::Status Verify(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, ExamineSyntax()));
  ASSIGN_OR_RETURN(const TimeOfArguments clock,
                   TimeOfArguments::Create(arguments));
  ASSIGN_OR_RETURN(const std::string text, ReadMessage(arguments));
  const std::string canonical = dkim::WithCrlf(text);
  dkim::Message message;
  const absl::string_view body = dkim::AddHeader(canonical, message);
  ASSIGN_OR_RETURN(const Findings found,
                   Examine(arguments, clock, body, message));
  out << "Authentication-Results:"
      << absl::StrReplaceAll(found.all.ToValue(), {{"\r\n", "\n"}}) << "\n";
  if (found.has_good_signature) return absl::OkStatus();
  return absl::NotFoundError("no signature verifies");
}

absl::Status Seal(const Invocation& invocation, std::ostream& out) {
  Syntax syntax = ExamineSyntax();
  const Syntax of_keys = KeySyntax();
  syntax.options.insert(of_keys.options.begin(), of_keys.options.end());
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, syntax));
  ASSIGN_OR_RETURN(const std::vector<NamedKey> keys, KeysOf(arguments));
  if (keys.size() != 1 || !keys.front().key) {
    return absl::InvalidArgumentError("one key seals: -k says where it is");
  }
  ASSIGN_OR_RETURN(const TimeOfArguments clock,
                   TimeOfArguments::Create(arguments));
  ASSIGN_OR_RETURN(const std::string text, ReadMessage(arguments));
  const std::string canonical = dkim::WithCrlf(text);
  dkim::Message message;
  const absl::string_view body = dkim::AddHeader(canonical, message);
  const dkim::SignerSettings settings;
  dkim::ArcSealer sealer(
      message, settings,
      {keys.front().domain, keys.front().selector,
       std::make_shared<const dkim::PrivateKey>(*keys.front().key), ""},
      clock);
  ASSIGN_OR_RETURN(const Findings found,
                   Examine(arguments, clock, body, message));
  ASSIGN_OR_RETURN(const std::optional<dkim::ArcFields> fields,
                   sealer.Finish(found.chain, found.all));
  if (!fields) {
    return absl::FailedPreconditionError(
        "the chain says that it has failed, or has 50 seals");
  }
  PrintBelow({{dkim::kArcSeal, fields->seal},
              {dkim::kArcSignature, fields->signature},
              {dkim::kArcResults, fields->results}},
             text, out);
  return absl::OkStatus();
}

}  // namespace

std::vector<Verb> DkimMessageVerbs() {
  return {
      {"dkim sign",
       "-d DOMAIN -s SELECTOR -k FILE | --key-table FILE [-c FORM/FORM] "
       "[-i IDENTITY] [-x TIME] [--time TIME] [MESSAGE]",
       "Prints a message with its signatures before it.", Sign},
      {"dkim verify",
       "[--authserv-id NAME] [--minimum-bits N] [--time TIME] "
       "[--dns-server ADDRESS] [--dns-records FILE] [MESSAGE]",
       "Prints the results of a message's signatures.", Verify},
      {"dkim seal",
       "-d DOMAIN -s SELECTOR -k FILE [--authserv-id NAME] [--minimum-bits N] "
       "[--time TIME] [--dns-server ADDRESS] [--dns-records FILE] [MESSAGE]",
       "Prints a message with a further seal of its ARC chain.", Seal},
  };
}

}  // namespace postern::ctl
