#include "lib/milter/options.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/base/big_endian.h"
#include "lib/milter/command.h"
#include "lib/milter/packet.h"

namespace postern::milter {
namespace {

uint32_t WantedActions(const Needs& needs) {
  uint32_t actions = 0;
  if (needs.add_headers) actions |= kAddHeaders;
  if (needs.change_headers) actions |= kChangeHeaders;
  if (needs.change_sender) actions |= kChangeSender;
  if (needs.add_recipients) {
    actions |= kAddRecipients | kAddRecipientsWithArguments;
  }
  if (needs.delete_recipients) actions |= kDeleteRecipients;
  if (needs.replace_body) actions |= kReplaceBody;
  if (needs.quarantine) actions |= kQuarantine;
  return actions;
}

// One step: whether it is shown, and whether its reply may say something.
uint32_t StepOf(Command command, bool is_shown, bool is_answered) {
  if (is_answered) return 0;
  return is_shown ? SilentBitOf(command) : OmittedBitOf(command);
}

// Whatever is sent gets no reply, unless a reply may say something.
uint32_t WantedSteps(const Needs& needs) {
  const Needs::Checks& checks = needs.checks;
  const bool wants_macros_of_data =
      !needs.macros[static_cast<size_t>(Stage::kData)].empty();
  uint32_t steps = kLeadingSpace | kNoUnknown | kSilentUnknown;
  steps |= StepOf(Command::kConnect, needs.envelope, checks.connect);
  steps |= StepOf(Command::kHelo, needs.envelope, checks.helo);
  steps |= StepOf(Command::kSender, needs.envelope, checks.sender);
  steps |= StepOf(Command::kRecipient, needs.envelope, checks.recipient);
  steps |= StepOf(Command::kData, wants_macros_of_data,
                  needs.may_decline || checks.data);
  steps |= StepOf(Command::kHeader, needs.headers, checks.header);
  steps |= StepOf(Command::kEndOfHeader, needs.headers, checks.end_of_header);
  steps |= StepOf(Command::kBody, needs.body,
                  (needs.body && needs.may_skip_body) || checks.body);
  if (needs.may_skip_body) steps |= kSkip;
  if (needs.rejected_recipients) steps |= kRejectedRecipients;
  return steps;
}

// As the filter wants them; where it is told of rejected recipients, those that
// say so are among them.
std::array<std::string, kStages> WantedMacros(const Needs& needs) {
  std::array<std::string, kStages> macros = needs.macros;
  std::string& names = macros[static_cast<size_t>(Stage::kRecipient)];
  if (needs.rejected_recipients && !names.empty()) {
    absl::StrAppend(&names, " {rcpt_addr} {rcpt_host} {rcpt_mailer}");
  }
  return macros;
}

}  // namespace

absl::StatusOr<Options> ParseOptions(absl::string_view body) {
  const std::optional<uint32_t> version = TakeNumber(body);
  const std::optional<uint32_t> actions = TakeNumber(body);
  const std::optional<uint32_t> steps = TakeNumber(body);
  if (!steps.has_value()) {
    return absl::InvalidArgumentError("milter: short options");
  }
  Options options{*version, *actions, *steps};
  while (!body.empty()) {
    const std::optional<uint32_t> stage = TakeNumber(body);
    const std::optional<absl::string_view> names =
        stage.has_value() ? TakeText(body) : std::nullopt;
    if (!names.has_value() || *stage >= kStages) {
      return absl::InvalidArgumentError("milter: malformed list of macros");
    }
    options.macros[*stage] = std::string(*names);
  }
  return options;
}

void AppendOptions(const Options& options, std::string& output) {
  const size_t begin = BeginPacket('O', output);
  AppendBigEndian(options.version, &output);
  AppendBigEndian(options.actions, &output);
  AppendBigEndian(options.steps, &output);
  for (uint32_t stage = 0; stage < kStages; ++stage) {
    if (options.macros[stage].empty()) continue;
    AppendBigEndian(stage, &output);
    output.append(options.macros[stage]).push_back('\0');
  }
  EndPacket(begin, output);
}

uint32_t ActionsOf(uint32_t version) {
  constexpr uint32_t kOldActions = 0x3f;
  return version >= 6 ? kAllActions : kOldActions;
}

uint32_t StepsOf(uint32_t version) {
  constexpr uint32_t kOldSteps = 0x7f;
  if (version >= 6) return kAllSteps;
  if (version >= 4) return kOldSteps | kNoUnknown | kNoData;
  if (version == 3) return kOldSteps | kNoUnknown;
  return kOldSteps;
}

absl::StatusOr<Options> AnswerOffer(const Needs& needs, const Options& offer) {
  if (offer.version < kOldestVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("milter: the server speaks version ", offer.version));
  }
  Options answer;
  answer.version = std::min(offer.version, kNewestVersion);
  answer.actions = WantedActions(needs) & offer.actions;
  answer.steps = WantedSteps(needs) & offer.steps;
  if ((offer.actions & kChooseMacros) != 0) {
    answer.macros = WantedMacros(needs);
    const bool chooses = std::any_of(needs.macros.begin(), needs.macros.end(),
                                     [](const auto& m) { return !m.empty(); });
    if (chooses) answer.actions |= kChooseMacros;
  }
  return answer;
}

absl::StatusOr<Options> Agree(const Options& offer, const Options& answer) {
  if (answer.version < kOldestVersion || answer.version > offer.version) {
    return absl::InvalidArgumentError(
        absl::StrCat("milter: the filter speaks version ", answer.version));
  }
  if ((answer.actions & ~offer.actions) != 0 ||
      (answer.steps & ~offer.steps) != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "milter: the filter wants more than was offered: actions %#x, steps "
        "%#x",
        answer.actions, answer.steps));
  }
  Options agreed = answer;
  if (agreed.version < 3) agreed.steps |= kNoUnknown;
  if (agreed.version < 4) agreed.steps |= kNoData;
  return agreed;
}

uint32_t ActionOf(const Change& change) {
  switch (change.kind) {
    case Change::Kind::kAddHeader:
    case Change::Kind::kInsertHeader:
      return kAddHeaders;
    case Change::Kind::kChangeHeader:
      return kChangeHeaders;
    case Change::Kind::kChangeSender:
      return kChangeSender;
    case Change::Kind::kAddRecipient:
      return change.value.empty() ? kAddRecipients
                                  : kAddRecipientsWithArguments;
    case Change::Kind::kDeleteRecipient:
      return kDeleteRecipients;
    case Change::Kind::kReplaceBody:
      return kReplaceBody;
    case Change::Kind::kQuarantine:
      return kQuarantine;
  }
  return kAllActions;
}

}  // namespace postern::milter
