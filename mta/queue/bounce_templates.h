// The texts of reports as the operator wants them: a file in the format of
// Postfix's bounce(5).
//
//   ASSIGN_OR_RETURN(BounceTemplates templates,
//                    ParseBounceTemplates(text, {{"myhostname", "mx.org"}}));
//
//   failure_template = <<EOF
//   Charset: utf-8
//   From: Mail Delivery System <MAILER-DAEMON@example.org>
//   Subject: Undelivered Mail Returned to Sender
//
//   This is the mail system at host $myhostname. …
//   EOF
//
// A template that is not in the file is ours. A verify_template is read and not
// used: the relay has no such report.
//
// Errors:  InvalidArgument with the number of the line.
// Threads: pure.
// Limits:  64 KiB; header fields of 500 bytes in ASCII; charset us-ascii or
//          utf-8.

#ifndef POSTERN_MTA_QUEUE_BOUNCE_TEMPLATES_H_
#define POSTERN_MTA_QUEUE_BOUNCE_TEMPLATES_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::mta::queue {

struct BounceTemplate {
  bool is_utf8 = false;
  // Empty: as we would write it.
  std::string from;
  std::string subject;
  std::string postmaster_subject;
  std::string body;  // Lines end in CR LF.
};

struct BounceTemplates {
  std::optional<BounceTemplate> failure;
  std::optional<BounceTemplate> delay;
  std::optional<BounceTemplate> success;
};

// `variables` says what $name and ${name} stand for; any other is an error, $$
// is a dollar. A From without a domain gets that of `myhostname` among them.
absl::StatusOr<BounceTemplates> ParseBounceTemplates(
    absl::string_view text,
    const std::map<std::string, std::string>& variables);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_BOUNCE_TEMPLATES_H_
