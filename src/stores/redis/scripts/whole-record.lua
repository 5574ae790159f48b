-- Puts together what records.lua keeps in two fields.

-- begin: what the record has in common with others; false where that is gone: then the record cannot be read.
local function whole_record(record, begin)
  local status, took, live, written, rest = string.match(record, '^\n%w+\n(%d),(%-?%d+),(%d+),(%d+)\n()')
  local claimed, fence, by, from = string.match(begin or '', '^(%d+),(%d+),([^\n]*)\n()')
  if not status or not claimed then
    return record
  end
  return table.concat({
    status, ',', claimed, ',', took, ',', fence, ',', live, ',', written, ',', by, '\n', string.sub(begin, from), string.sub(record, rest),
  })
end
