// What a client is told when a DNS list has it: a template with the names of
// default_rbl_reply, filled in.
//
//   RETURN_IF_ERROR(CheckDnsblTemplate(config.default_rbl_reply()));
//   const smtp::Reply reply = FormatDnsblReply(text, listing);
//
// Source:  postconf(5), default_rbl_reply: $name, ${name}, $(name), and the
//          conditionals ${name?text}, ${name:text}, ${name?{text}:{text}},
//          whose texts are templates themselves; $$ is a dollar. A name's value
//          is never expanded. An enhanced status code in the template is
//          changed to suit what is refused, as there.
// Errors:  CheckDnsblTemplate() returns InvalidArgument: what is wrong.
// Threads: pure.
// Limits:  conditionals 8 deep; a reply of 512 printable bytes, whatever a list
//          or a client says.

#ifndef POSTERN_MTA_RESTRICTIONS_DNSBL_REPLY_H_
#define POSTERN_MTA_RESTRICTIONS_DNSBL_REPLY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mta/filters/policy_question.h"
#include "mta/smtp/reply.h"

namespace postern::mta::restrictions {

// What was found, and about whom.
struct DnsblListing {
  int code = 554;               // $rbl_code: maps_rbl_reject_code.
  absl::string_view rbl_class;  // "Client host" and the like.
  absl::string_view zone;       // $rbl_domain.
  absl::string_view what;       // $rbl_what.
  std::string reason;           // $rbl_reason, $rbl_txt: the list's own words.
  // The rest of the names.
  const filters::PolicyQuestion* question = nullptr;
};

// Checks the syntax and the names of a template, and that a reply comes out.
absl::Status CheckDnsblTemplate(absl::string_view text);

// A template that makes no reply (one from a table was not checked) counts as
// "$rbl_code Service unavailable".
smtp::Reply FormatDnsblReply(absl::string_view text,
                             const DnsblListing& listing);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DNSBL_REPLY_H_
