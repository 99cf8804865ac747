-- One session in a headless Neovim: a mistake is shown and mended, a name is explained, found, completed, changed.
-- The test starts it in a folder with `policy.assize`; it prints what it sees and leaves with 1 where it fails.

local function run()
  local function until_true(what, test)
    assert(vim.wait(30000, test, 10), "timed out: " .. what)
  end

  vim.cmd("edit policy.assize")
  local buffer = vim.api.nvim_get_current_buf()
  if #vim.api.nvim_get_runtime_file("parser/assize.so", false) > 0 then
    local tree = vim.treesitter.get_parser(buffer, "assize"):parse()[1]
    local coloured = vim.treesitter.highlighter.active[buffer] ~= nil
    print("tree-sitter " .. tostring(not tree:root():has_error()) .. " " .. tostring(coloured))
  end
  until_true("diagnostics", function()
    return #vim.diagnostic.get(buffer) > 0
  end)
  for _, one in ipairs(vim.diagnostic.get(buffer)) do
    print(("diagnostic %s %d:%d %s"):format(one.code or one.user_data.lsp.code, one.lnum, one.col, one.message:match("[^\n]*")))
  end

  vim.api.nvim_buf_set_text(buffer, 5, 10, 5, 16, { "static" })
  until_true("no diagnostics", function()
    return #vim.diagnostic.get(buffer) == 0
  end)
  print("mended")

  -- The answer of the server to a request about a place.
  local function ask(method, line, column)
    vim.api.nvim_win_set_cursor(0, { line, column })
    -- By hand: what makes such params takes an encoding in newer versions, and the text is plain ASCII.
    local params = {
      textDocument = vim.lsp.util.make_text_document_params(buffer),
      position = { line = line - 1, character = column },
    }
    local answers = vim.lsp.buf_request_sync(buffer, method, params, 30000)
    for _, answer in pairs(answers or {}) do
      return answer.result
    end
  end

  print("hover " .. ask("textDocument/hover", 6, 10).contents.value:match("static: %a+"))
  local found = ask("textDocument/definition", 5, 11)
  local target = found[1] or found
  local file = vim.uri_to_fname(target.targetUri or target.uri)
  local range = target.targetSelectionRange or target.range
  print("definition " .. vim.fn.fnamemodify(file, ":t") .. " " .. vim.fn.readfile(file)[range.start.line + 1])

  -- What is offered at a place, as `omnifunc` asks for it.
  local names = {}
  vim.api.nvim_buf_set_text(buffer, 5, 10, 5, 16, { "" })
  local offered = ask("textDocument/completion", 6, 10)
  for _, item in ipairs(offered.items or offered) do
    names[item.label] = true
  end
  print("completion " .. tostring(names.static) .. " " .. tostring(names.created_at) .. " " .. tostring(names.statik))
  vim.api.nvim_buf_set_text(buffer, 5, 10, 5, 10, { "static" })

  vim.api.nvim_win_set_cursor(0, { 5, 6 })
  vim.lsp.buf.rename("key")
  until_true("the new name", function()
    return vim.api.nvim_buf_get_lines(buffer, 4, 5, false)[1] == "  for key: Secret"
  end)
  print("renamed " .. vim.trim(vim.api.nvim_buf_get_lines(buffer, 6, 7, false)[1]))
end

local ok, wrong = pcall(run)
if not ok then
  print(wrong)
  vim.cmd("cquit")
end
vim.cmd("qall!")
