#include "mta/tls_report/gzip.h"

#include <zlib.h>

#include <cassert>

namespace postern::mta::tls_report {
namespace {

// deflateInit2(): the largest window, and gzip's header instead of zlib's.
constexpr int kGzipWindowBits = MAX_WBITS + 16;
constexpr int kUsualMemoryLevel = 8;

}  // namespace

std::string Gzip(absl::string_view text) {
  z_stream stream = {};
  [[maybe_unused]] int code =
      deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindowBits,
                   kUsualMemoryLevel, Z_DEFAULT_STRATEGY);
  assert(code == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in =
      reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // Only read.
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  code = deflate(&stream, Z_FINISH);
  assert(code == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace postern::mta::tls_report
