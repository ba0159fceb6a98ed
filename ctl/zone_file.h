// TXT records in the text of a zone file.
//
//   text = WithTxtRecord(text, "mail._domainkey.example.org",
//                        TxtRecordText("mail._domainkey.example.org.",
//                                      {"v=DKIM1; p="}, "revoked"));
//
// Only records whose line begins with their full name, a dot at its end, are
// seen; such a record may go on over lines in brackets.
//
// Source:  RFC 1035 section 5.1.
// Threads: pure.

#ifndef POSTERN_CTL_ZONE_FILE_H_
#define POSTERN_CTL_ZONE_FILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::ctl {

// Returns the record of a name with these strings, and a comment behind it.
std::string TxtRecordText(absl::string_view name,
                          const std::vector<std::string>& strings,
                          absl::string_view comment);

// Whether the file has a TXT record of `name`.
bool HasTxtRecord(absl::string_view text, absl::string_view name);

// Returns `text` with `record` in the place of the TXT records of `name`, at
// the end if there was none. An empty record: there is none then.
std::string WithTxtRecord(absl::string_view text, absl::string_view name,
                          absl::string_view record);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_ZONE_FILE_H_
