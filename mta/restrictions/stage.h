// The points of a session where the restrictions decide.
//
// Source:  postconf(5): the list of each stage; SMTPD_POLICY_README,
//          protocol_state.
// Threads: a value.

#ifndef POSTERN_MTA_RESTRICTIONS_STAGE_H_
#define POSTERN_MTA_RESTRICTIONS_STAGE_H_

namespace postern::mta::restrictions {

enum class Stage {
  kConnect,    // Before the greeting.
  kHelo,       // HELO, EHLO.
  kSender,     // MAIL.
  kRecipient,  // RCPT.
  kData,       // DATA, the first BDAT: no content has come yet.
  kEndOfData,  // All content is here, and is not ours yet.
};
inline constexpr int kStageCount = 6;

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_STAGE_H_
