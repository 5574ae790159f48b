-- Several parts in one message: each with its length, in four bytes, before it.
local function frame(parts)
  local framed = {}
  for _, part in ipairs(parts) do
    framed[#framed + 1] = struct.pack('>I4', #part)
    framed[#framed + 1] = part
  end
  return table.concat(framed)
end
