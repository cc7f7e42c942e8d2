# Flags win over --config, later files over earlier ones; unknown keys and missing files are errors; --print-config reads back.
echo 'count = 11' >a.toml
echo -e 'count = 12\ntext-value = "from b"' >b.toml
echo 'coutn = 1' >bad.toml
tool_main_probe --config a.toml --device cpu done
tool_main_probe --config a.toml --config b.toml --device cpu done
tool_main_probe --config b.toml --count 13 --device cpu done
tool_main_probe --config b.toml --seed 5 --device cpu done --print-config >all.toml
tool_main_probe --config all.toml done
printf '\xef\xbb\xbfcount = 14\n' >marked.toml   # as some editors begin a file
tool_main_probe --config marked.toml --device cpu done
for file in bad.toml none.toml; do
  status=0
  tool_main_probe --config $file done 2>err || status=$?
  echo "$file -> $status: $(head -n 1 err)"
done
