-- include: head
-- Adds inboxes to live tasks: they get a message when the task ends. They lie beside the task, since a worker that holds it has a copy
-- of it, from which it writes the record.
--
-- KEYS
--   inboxes   hash, kept: id -> inboxes that came later, with blanks between them
local function add_inbox(id, inbox)
  if inbox == '' then
    return
  end
  local known = call('HGET', INBOXES, id) or ''
  if not string.find(' ' .. known .. ' ', ' ' .. inbox .. ' ', 1, true) then
    call('HSET', INBOXES, id, known == '' and inbox or (known .. ' ' .. inbox))
    add_feature('i')
  end
end
