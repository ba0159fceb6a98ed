#include "ctl/table.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

namespace postern::ctl {

Table::Table(std::vector<std::string> head) {
  rows_.push_back(std::move(head));
}

void Table::Add(std::vector<std::string> row) {
  assert(row.size() == rows_.front().size());
  rows_.push_back(std::move(row));
}

std::ostream& operator<<(std::ostream& out, const Table& table) {
  std::vector<size_t> widths(table.rows_.front().size(), 0);
  for (const auto& row : table.rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  for (const auto& row : table.rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      out << row[i];
      // The last column needs no room behind it.
      if (i + 1 < row.size()) {
        out << std::string(widths[i] - row[i].size() + 2, ' ');
      }
    }
    out << "\n";
  }
  return out;
}

}  // namespace postern::ctl
