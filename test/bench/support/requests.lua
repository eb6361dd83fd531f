-- Arguments: the file of the cookie headers, one on each line; the line to begin with, or `-` for one cookie set all the
-- time; the value of Host; the method. With a line, one request in a hundred brings the next line, and the others bring
-- the first. `{n}` in the path is the number of the request.
local lines, path, host, method, at, sent = {}, nil, nil, nil, nil, 0

local function ask(cookie)
  local origin = method == 'POST' and 'Origin: http://' .. host .. '\r\n' or ''
  return method .. ' ' .. path .. ' HTTP/1.1\r\nHost: ' .. host .. '\r\n' .. origin .. 'Cookie: ' .. cookie .. '\r\n\r\n'
end

function init(args)
  path = wrk.path
  for line in io.lines(args[1]) do lines[#lines + 1] = line end
  at = tonumber(args[2])
  host, method = args[3], args[4]
  usual = ask(lines[1])
  numbered = path:find('{n}', 1, true) ~= nil
end

function request()
  sent = sent + 1
  if numbered then return (usual:gsub('{n}', sent)) end
  if at == nil or sent % 100 ~= 0 then return usual end
  at = at % #lines + 1
  return ask(lines[at])
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"failed":%d}\n', summary.requests, summary.duration, failed))
end
