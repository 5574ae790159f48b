-- include: save, batch
-- What changes the state of a queue.
local function has_feature(letter)
  return string.find(features, letter, 1, true) ~= nil
end

local function add_feature(letter)
  if not has_feature(letter) then
    features = features .. letter
  end
end

-- Nothing of it is left in its key.
local function drop_feature(letter)
  features = string.gsub(features, letter, '')
end

-- Deletes what tasks have of a feature, which a hash holds by their ids.
local function delete_of_feature(letter, key, ids)
  if has_feature(letter) and #ids > 0 then
    call_with('HDEL', key, ids)
    if call('HLEN', key) == 0 then
      drop_feature(letter)
    end
  end
end

-- Notes that the list of a priority may have tasks.
local function mark_priority(priority)
  if not string.find(mask, priority, 1, true) then
    local all = {}
    for each in string.gmatch(mask .. priority, '%d') do
      all[#all + 1] = each
    end
    table.sort(all, function(a, b) return a > b end)
    mask = table.concat(all)
  end
end

local function set_next_due(due)
  next_due = due
end
