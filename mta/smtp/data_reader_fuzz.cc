// Whatever follows DATA: cutting the reads anywhere changes nothing, and what
// is accepted has no bare CR, LF or NUL and survives being sent on.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "mta/smtp/data_reader.h"
#include "mta/smtp/dot_stuffer.h"

namespace {

using postern::mta::smtp::DataLimits;
using postern::mta::smtp::DataReader;
using postern::mta::smtp::DotStuffer;

constexpr DataLimits kLimits = {.max_message_bytes = 500,
                                .max_line_bytes = 60,
                                .max_header_bytes = 100,
                                .max_hops = 2};

struct Result {
  explicit Result(absl::string_view wire, size_t step)
      : reader(kLimits, DataReader::Framing::kDot) {
    while (!wire.empty() && !reader.is_done()) {
      taken += reader.Consume(wire.substr(0, step), content);
      wire.remove_prefix(std::min(step, wire.size()));
    }
  }
  DataReader reader;
  std::string content;
  size_t taken = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view wire(reinterpret_cast<const char*>(data), size);
  const Result whole(wire, size + 1);
  for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{7}}) {
    const Result cut(wire, step);
    assert(cut.reader.is_done() == whole.reader.is_done());
    assert(cut.reader.problem() == whole.reader.problem());
    assert(cut.reader.hops() == whole.reader.hops());
    assert(cut.taken == whole.taken);
    if (whole.reader.problem() == DataReader::Problem::kNone) {
      assert(cut.content == whole.content);
    }
  }
  if (!whole.reader.is_done() ||
      whole.reader.problem() != DataReader::Problem::kNone) {
    return 0;
  }
  assert(whole.content.find('\0') == std::string::npos);
  std::string sent;
  DotStuffer stuffer;
  stuffer.Append(whole.content, sent);
  stuffer.Finish(sent);
  const Result again(sent, sent.size());
  assert(again.reader.is_done() && again.content == whole.content);
  return 0;
}
