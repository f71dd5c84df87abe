"""Any table: lists, forms and pickers made from the models; Admin."""
