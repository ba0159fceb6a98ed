// The hashes of one body that signatures have in bh=, of each kind one, however
// many signatures want it.
//
//   BodyHashes bodies;
//   const size_t mine = bodies.Want(signature.body_form, signature.body_bytes);
//   bodies.Add(chunk);
//   bodies.Finish();
//   bodies.digest(mine) == signature.body_hash
//
// Threads: one at a time.
// Limits:  as many as are wanted; who wants them has a limit.

#ifndef POSTERN_LIB_DKIM_BODY_HASHES_H_
#define POSTERN_LIB_DKIM_BODY_HASHES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/dkim/canonicalization.h"
#include "lib/dkim/crypto.h"

namespace postern::dkim {

class BodyHashes {
 public:
  // Asks for the hash of a form, or of its first `limit` bytes; before the
  // body. Returns the number under which it is found.
  size_t Want(Canonicalization form, std::optional<uint64_t> limit);

  bool is_empty() const { return hashes_.empty(); }

  void Add(absl::string_view chunk);

  // Says that the body is over; more than once is as good.
  void Finish();

  // After Finish(): the hash, and how long the form was.
  const std::string& digest(size_t number) const {
    return hashes_[number].digest;
  }
  uint64_t form_bytes(size_t number) const {
    return forms_[hashes_[number].form].bytes;
  }

 private:
  struct Form {
    Canonicalization name;
    BodyCanonicalizer canonicalizer;
    uint64_t bytes = 0;
  };
  struct Hash {
    size_t form;
    std::optional<uint64_t> limit;
    uint64_t left;  // Of the limit.
    Sha256 sha256;
    std::string digest;
  };

  size_t FormOf(Canonicalization name);
  void OnBytes(size_t form, absl::string_view bytes);

  std::vector<Form> forms_;
  std::vector<Hash> hashes_;
  bool is_finished_ = false;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_BODY_HASHES_H_
