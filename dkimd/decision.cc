#include "dkimd/decision.h"

#include <optional>

namespace postern::dkimd {
namespace {

Reason ReasonOf(Origin origin) {
  switch (origin) {
    case Origin::kPeer:
      return Reason::kPeer;
    case Origin::kInternal:
      return Reason::kInternal;
    case Origin::kAuthenticated:
      return Reason::kAuthenticated;
    case Origin::kMacro:
      return Reason::kMacro;
    case Origin::kExternal:
      return Reason::kExternal;
  }
  return Reason::kExternal;
}

// Why mail of our own is not signed; nullopt: it is.
std::optional<Reason> ReasonNotToSign(const Question& question) {
  if (question.has_unsigned_recipient) return Reason::kRecipient;
  if (question.author_is_doubtful) return Reason::kDoubtfulAuthor;
  if (!question.has_author) return Reason::kNoAuthor;
  if (!question.has_key) return Reason::kNoKey;
  if (!question.author_is_allowed) return Reason::kForbiddenAuthor;
  return std::nullopt;
}

}  // namespace

absl::string_view ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kPeer:
      return "peer";
    case Reason::kInternal:
      return "internal";
    case Reason::kAuthenticated:
      return "authenticated";
    case Reason::kMacro:
      return "macro";
    case Reason::kExternal:
      return "external";
    case Reason::kExempt:
      return "exempt";
    case Reason::kRecipient:
      return "recipient";
    case Reason::kNoKey:
      return "no_key";
    case Reason::kNoAuthor:
      return "no_author";
    case Reason::kDoubtfulAuthor:
      return "doubtful_author";
    case Reason::kForbiddenAuthor:
      return "forbidden_author";
  }
  return "external";
}

Decision Decide(const Question& question) {
  if (question.origin == Origin::kPeer) return {Work::kNone, Reason::kPeer};
  if (question.is_exempt) return {Work::kNone, Reason::kExempt};
  const Work otherwise = question.verifies ? Work::kVerify : Work::kNone;
  const Reason origin = ReasonOf(question.origin);
  if (question.origin == Origin::kExternal || !question.signs) {
    return {otherwise, origin};
  }
  const std::optional<Reason> obstacle = ReasonNotToSign(question);
  if (obstacle) return {otherwise, *obstacle};
  return {Work::kSign, origin};
}

}  // namespace postern::dkimd
