// Makes a text smaller, as gzip(1) does.
//
// Source:  RFC 1952, by zlib.
// Threads: pure.

#ifndef POSTERN_MTA_TLS_REPORT_GZIP_H_
#define POSTERN_MTA_TLS_REPORT_GZIP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern::mta::tls_report {

std::string Gzip(absl::string_view text);

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_GZIP_H_
