"""What the fp8 formats are and what the ops of the fnuz dialect mean."""
