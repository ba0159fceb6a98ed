// Takes apart what gzip.h has made: for tests.

#ifndef POSTERN_MTA_TLS_REPORT_TEST_GUNZIP_H_
#define POSTERN_MTA_TLS_REPORT_TEST_GUNZIP_H_

#include <zlib.h>

#include <string>

#include "absl/strings/string_view.h"

namespace postern::mta::tls_report {

// Returns the text; empty: `data` is not a whole gzip file.
inline std::string Gunzip(absl::string_view data) {
  z_stream stream = {};
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) return "";
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&stream, Z_FINISH);
  out.resize(code == Z_STREAM_END ? stream.total_out : 0);
  inflateEnd(&stream);
  return out;
}

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_TEST_GUNZIP_H_
