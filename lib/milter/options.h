// What the two ends of a milter connection agree upon before anything else.
//
// The server offers what it can do; the filter answers with what it will do and
// what it does not want. Both are an Options, and so is what follows from them.
//
//   ASSIGN_OR_RETURN(Options offer, ParseOptions(packet.body));
//   ASSIGN_OR_RETURN(Options agreed, AnswerOffer(needs, offer));
//   AppendOptions(agreed, output);
//
// Source:  libmilter/mfdef.h and mfapi.h of sendmail 8.17 for the numbers;
//          versions 2, 3, 4 and 6 (5 was never released and counts as 4).
// Errors:  InvalidArgument: malformed, or a version that is not ours.
// Threads: pure.

#ifndef POSTERN_LIB_MILTER_OPTIONS_H_
#define POSTERN_LIB_MILTER_OPTIONS_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/milter/changes.h"
#include "lib/milter/filter.h"

namespace postern::milter {

inline constexpr uint32_t kOldestVersion = 2;
inline constexpr uint32_t kNewestVersion = 6;

// Bits of Options::actions: the changes that a filter may make (SMFIF_…).
enum Action : uint32_t {
  kAddHeaders = 0x1,  // Insert as well.
  kReplaceBody = 0x2,
  kAddRecipients = 0x4,
  kDeleteRecipients = 0x8,
  kChangeHeaders = 0x10,  // Delete as well.
  kQuarantine = 0x20,
  kChangeSender = 0x40,
  kAddRecipientsWithArguments = 0x80,
  kChooseMacros = 0x100,
};
inline constexpr uint32_t kAllActions = 0x1ff;

// Bits of Options::steps: what is not sent, and what gets no reply (SMFIP_…).
enum Step : uint32_t {
  kNoConnect = 0x1,
  kNoHelo = 0x2,
  kNoSender = 0x4,
  kNoRecipient = 0x8,
  kNoBody = 0x10,
  kNoHeader = 0x20,
  kNoEndOfHeader = 0x40,
  kSilentHeader = 0x80,
  kNoUnknown = 0x100,
  kNoData = 0x200,
  kSkip = 0x400,                // SKIP is understood.
  kRejectedRecipients = 0x800,  // These are sent as well.
  kSilentConnect = 0x1000,
  kSilentHelo = 0x2000,
  kSilentSender = 0x4000,
  kSilentRecipient = 0x8000,
  kSilentData = 0x10000,
  kSilentUnknown = 0x20000,
  kSilentEndOfHeader = 0x40000,
  kSilentBody = 0x80000,
  kLeadingSpace = 0x100000,  // Header values have theirs.
};
inline constexpr uint32_t kAllSteps = 0x1fffff;

struct Options {
  uint32_t version = kNewestVersion;
  uint32_t actions = 0;
  uint32_t steps = 0;
  // From filters that choose macros: the names by stage, separated by spaces;
  // empty: as the server likes.
  std::array<std::string, kStages> macros = {};

  friend bool operator==(const Options&, const Options&) = default;
};

// Reads the body of an OPTNEG packet, of either side.
absl::StatusOr<Options> ParseOptions(absl::string_view body);
void AppendOptions(const Options& options, std::string& output);

// Returns what a server of `version` can offer at most: what it may do to a
// message and how it may be spoken to.
uint32_t ActionsOf(uint32_t version);
uint32_t StepsOf(uint32_t version);

// A filter's side: what it answers to `offer` to get what it needs and nothing
// else. What the server does not offer is left out. An `offer` older than ours
// is answered in its version; version 1 is InvalidArgument.
absl::StatusOr<Options> AnswerOffer(const Needs& needs, const Options& offer);

// A server's side: what counts after `answer` to `offer`, with the steps that
// an old filter does not know left out. InvalidArgument: the filter wants what
// was not offered, or speaks no version of ours (MTA-28).
absl::StatusOr<Options> Agree(const Options& offer, const Options& answer);

// The action that a filter must have named to make this change; the empty
// arguments of a new recipient need less.
uint32_t ActionOf(const Change& change);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_OPTIONS_H_
