// Rows of text in aligned columns.
//
//   Table table({"QUEUE ID", "SIZE"});
//   table.Add({id, size});
//   out << table;
//
// Threads: one at a time.

#ifndef POSTERN_CTL_TABLE_H_
#define POSTERN_CTL_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

namespace postern::ctl {

class Table {
 public:
  explicit Table(std::vector<std::string> head);

  // `row` has a cell for each column.
  void Add(std::vector<std::string> row);

  friend std::ostream& operator<<(std::ostream& out, const Table& table);

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_TABLE_H_
