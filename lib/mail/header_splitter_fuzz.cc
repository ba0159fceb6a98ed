// Any message: its header's fields and what ended it are its beginning, byte
// for byte, however the reads were cut, and never more is held than allowed.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/mail/header.h"
#include "lib/mail/header_splitter.h"

namespace {

using postern::mail::FieldName;
using postern::mail::HeaderSplitter;
using Found = HeaderSplitter::Found;

constexpr size_t kMaxFieldBytes = 64;

struct Result {
  explicit Result(absl::string_view message, size_t step)
      : splitter(kMaxFieldBytes) {
    while (!message.empty() && splitter.found() != Found::kEnd) {
      message.remove_prefix(splitter.Consume(message.substr(0, step)));
      Note();
    }
    while (splitter.found() != Found::kEnd) {
      splitter.Finish();
      Note();
    }
  }

  void Note() {
    if (splitter.found() == Found::kNothing) return;
    assert(splitter.text().size() <= kMaxFieldBytes);
    if (splitter.found() == Found::kField) {
      assert(!FieldName(splitter.text()).empty());
      fields.emplace_back(splitter.text());
    }
    all.append(splitter.text().data(), splitter.text().size());
  }

  HeaderSplitter splitter;
  std::vector<std::string> fields;
  std::string all;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view message(reinterpret_cast<const char*>(data), size);
  const Result whole(message, size + 1);
  assert(whole.all == message.substr(0, whole.all.size()));
  for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{7}}) {
    const Result cut(message, step);
    assert(cut.fields == whole.fields);
    assert(cut.all == whole.all);
  }
  return 0;
}
