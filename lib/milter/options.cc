#include "lib/milter/options.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/base/big_endian.h"
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

// Whatever is sent gets no reply, unless a reply may say something.
uint32_t WantedSteps(const Needs& needs) {
  uint32_t steps = kLeadingSpace | kNoUnknown | kSilentConnect | kSilentHelo |
                   kSilentSender | kSilentRecipient | kSilentHeader |
                   kSilentUnknown;
  if (!needs.envelope) steps |= kNoConnect | kNoHelo | kNoSender | kNoRecipient;
  if (!needs.headers) steps |= kNoHeader;
  if (!needs.body) steps |= kNoBody;
  steps |= needs.headers ? kSilentEndOfHeader : kNoEndOfHeader;
  if (!needs.may_decline) {
    const bool wants_macros =
        !needs.macros[static_cast<size_t>(Stage::kData)].empty();
    steps |= wants_macros ? kSilentData : kNoData;
  }
  steps |= needs.may_skip_body ? kSkip : kSilentBody;
  return steps;
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
    answer.macros = needs.macros;
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
