#include "mta/server/meters.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mta/sasl/mechanisms.h"

namespace postern::mta::server {
namespace {

using Problem = smtp::DataReader::Problem;

constexpr char kMessages[] = "postern_mta_smtpd_messages_total";
constexpr char kMessagesHelp[] =
    "Messages received to their end, by what became of them.";

const char* ProblemName(Problem problem) {
  switch (problem) {
    case Problem::kNone:
      break;
    case Problem::kTooManyHops:
      return "too_many_hops";
    case Problem::kHeaderTooLarge:
      return "header_too_large";
    case Problem::kTooLarge:
      return "too_large";
    case Problem::kLineTooLong:
      return "line_too_long";
    case Problem::kNul:
      return "nul";
    case Problem::kBareNewline:
      return "bare_newline";
  }
  return "none";
}

const char* StageName(restrictions::Stage stage) {
  switch (stage) {
    case restrictions::Stage::kConnect:
      return "connect";
    case restrictions::Stage::kHelo:
      return "helo";
    case restrictions::Stage::kSender:
      return "mail";
    case restrictions::Stage::kRecipient:
      return "rcpt";
    case restrictions::Stage::kData:
      return "data";
    case restrictions::Stage::kEndOfData:
      return "end_of_data";
  }
  return "none";
}

// Names in the order of OutcomeOf().
constexpr const char* kAuthOutcomes[] = {"accepted", "rejected", "unavailable",
                                         "broken_off"};

int OutcomeOf(AuthResult result) {
  switch (result) {
    case AuthResult::kAccepted:
      return 0;
    case AuthResult::kRejected:
      return 1;
    case AuthResult::kUnavailable:
      return 2;
    default:
      return 3;
  }
}

}  // namespace

Meters::Meters(metrics::Registry& registry)
    : open_sessions(registry.AddGauge("postern_mta_smtpd_open_sessions",
                                      "SMTP sessions that are open.")),
      sessions(registry.AddCounter("postern_mta_smtpd_sessions_total",
                                   "SMTP sessions begun.")),
      too_many_connections(registry.AddCounter(
          "postern_mta_smtpd_too_many_connections_total",
          "Connections refused because the client has enough of them.")),
      early_talkers(
          registry.AddCounter("postern_mta_smtpd_early_talkers_total",
                              "Clients that spoke before they were greeted.")),
      tarpitted(registry.AddCounter(
          "postern_mta_smtpd_tarpitted_total",
          "Replies that a client with many errors had to wait for.")),
      timeouts(registry.AddCounter("postern_mta_smtpd_timeouts_total",
                                   "Sessions ended because of a slow client.")),
      accepted_messages(registry.AddCounter(kMessages, kMessagesHelp,
                                            {{"result", "accepted"}})),
      discarded_messages(registry.AddCounter(kMessages, kMessagesHelp,
                                             {{"result", "discarded"}})),
      failed_messages(registry.AddCounter(kMessages, kMessagesHelp,
                                          {{"result", "not_stored"}})),
      accepted_bytes(
          registry.AddCounter("postern_mta_smtpd_accepted_bytes_total",
                              "Content of the accepted messages.")),
      rejected_messages(registry.AddCounter(kMessages, kMessagesHelp,
                                            {{"result", "content_rejected"}})),
      commit_seconds(registry.AddHistogram(
          "postern_mta_smtpd_commit_seconds",
          "From the end of a message until it is on stable storage.",
          metrics::LatencyBounds())),
      accept_seconds(
          registry.AddHistogram("postern_mta_smtpd_accept_seconds",
                                "From MAIL until the message is accepted.",
                                metrics::LatencyBounds())),
      content(registry),
      handoff(registry) {
  for (int i = 0; i < smtp::kVerbCount; ++i) {
    const std::string verb =
        absl::AsciiStrToLower(smtp::VerbName(static_cast<smtp::Verb>(i)));
    commands_[i] = &registry.AddCounter("postern_mta_smtpd_commands_total",
                                        "SMTP commands.", {{"verb", verb}});
  }
  for (int i = 0; i < 6; ++i) {
    if (i < 2) {
      replies_[i] = nullptr;
      continue;
    }
    replies_[i] = &registry.AddCounter("postern_mta_smtpd_replies_total",
                                       "Replies by their first digit.",
                                       {{"class", absl::StrCat(i, "xx")}});
  }
  for (int i = 0; i < restrictions::kReasonCount; ++i) {
    const auto reason = static_cast<restrictions::Reason>(i);
    recipients_[i] = &registry.AddCounter(
        "postern_mta_smtpd_recipients_total",
        "Recipients, accepted or by why they were refused.",
        {{"result", reason == restrictions::Reason::kNone
                        ? "accepted"
                        : std::string(restrictions::ReasonName(reason))}});
  }
  for (int i = 0; i < restrictions::kStageCount; ++i) {
    refusals_[i] = &registry.AddCounter(
        "postern_mta_smtpd_refusals_total",
        "Commands other than RCPT that restrictions refused.",
        {{"stage", StageName(static_cast<restrictions::Stage>(i))}});
  }
  bad_messages_[0] = nullptr;
  for (int i = 1; i < smtp::DataReader::kProblemCount; ++i) {
    bad_messages_[i] = &registry.AddCounter(
        kMessages, kMessagesHelp,
        {{"result", ProblemName(static_cast<Problem>(i))}});
  }
  for (const absl::string_view mechanism : sasl::MechanismLabels()) {
    for (int i = 0; i < kAuthOutcomeCount; ++i) {
      auth_[mechanism][i] = &registry.AddCounter(
          "postern_mta_smtpd_auth_total",
          "Attempts to authenticate, by mechanism and outcome.",
          {{"mechanism", std::string(mechanism)},
           {"result", kAuthOutcomes[i]}});
    }
  }
}

void Meters::CountCommand(smtp::Verb verb) {
  commands_[static_cast<size_t>(verb)]->Increment();
}

void Meters::CountReply(int kind) {
  if (kind >= 2 && kind <= 5) replies_[kind]->Increment();
}

void Meters::CountRecipient(restrictions::Reason reason) {
  recipients_[static_cast<size_t>(reason)]->Increment();
}

void Meters::CountRefusal(restrictions::Stage stage) {
  refusals_[static_cast<size_t>(stage)]->Increment();
}

void Meters::CountAuth(absl::string_view mechanism, AuthResult result) {
  auth_.at(sasl::MechanismLabel(mechanism))[OutcomeOf(result)]->Increment();
}

void Meters::CountBadMessage(Problem problem) {
  if (problem == Problem::kNone) return;
  bad_messages_[static_cast<size_t>(problem)]->Increment();
}

}  // namespace postern::mta::server
