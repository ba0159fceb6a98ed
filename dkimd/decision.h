// What is done with a message: it is signed, verified, or let be.
//
// Pure: who the client is (client_rules.h), who the author is (authors.h) and
// whether there are keys for him (signing_plan.h) make the decision.
//
// Source:  opendkim(8) "Operation": mail of our own is signed if there is a key
//          for its author, all other mail is verified.
// Threads: pure.

#ifndef POSTERN_DKIMD_DECISION_H_
#define POSTERN_DKIMD_DECISION_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace postern::dkimd {

// How a client comes to be one of ours, or why not.
enum class Origin {
  kPeer,           // peer_list: not looked at.
  kInternal,       // internal_hosts
  kAuthenticated,  // It has logged in.
  kMacro,          // The server says so: daemon_name ORIGINATING.
  kExternal,       // None of these.
};

enum class Work { kNone, kSign, kVerify };

// Why; the label `reason` of postern_dkimd_messages_total.
enum class Reason {
  kPeer,
  kInternal,
  kAuthenticated,
  kMacro,
  kExternal,
  kExempt,           // exempt_domains
  kRecipient,        // dont_sign_mail_to
  kNoKey,            // Ours, and there is no key for the author.
  kNoAuthor,         // Ours, and there is no author.
  kDoubtfulAuthor,   // Ours, and several authors or a broken From.
  kForbiddenAuthor,  // Ours, and the login may not sign for this author.
};
inline constexpr size_t kReasons = 11;

// "internal", "no_key", …
absl::string_view ReasonName(Reason reason);

struct Question {
  bool signs = true;  // What this dkimd is for.
  bool verifies = true;
  Origin origin = Origin::kExternal;
  bool is_exempt = false;
  // All recipients were looked at, one is in the list.
  bool has_unsigned_recipient = false;
  bool has_author = false;
  bool author_is_doubtful = false;
  bool author_is_allowed = true;
  bool has_key = false;
};

struct Decision {
  Work work = Work::kNone;
  Reason reason = Reason::kExternal;

  friend bool operator==(const Decision&, const Decision&) = default;
};

Decision Decide(const Question& question);

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_DECISION_H_
